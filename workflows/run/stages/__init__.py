"""Stages of a run, one a file, each an artefact on disk that is computed once.

A stage's file says

- ``WORDS``: what the terminal says while it is computed;
- ``inputs(run)``: JSON-like, what the result depends on beside its code: parts of the spec, keys of other stages;
- ``compute(run, folder)``: writes files into `folder` and returns facts to record, or None.

A result depends on its code too, which is the file and all that it imports (`workflows.store.source`). What loads PyMC or
Matplotlib is imported within `compute`, so that a run which finds its stages on disk answers at once. Stages are found
in the folder; a name that begins with an underscore is none.
"""
