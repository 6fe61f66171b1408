"""People who want to be told when help comes to their town."""
