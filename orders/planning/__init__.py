"""The planned day: in which order and when a partner's visits are best made. A suggestion, never an instruction (C1).

`policy` says what a feasible day is and what it costs, `solver` asks VROOM (only the worker imports it), `services`
mark, snapshot and apply, `replanning` and `batch` are the worker's verbs.
"""
