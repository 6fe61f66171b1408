"""When a partner can be where: working windows without the visits planned and the way to and from them."""
