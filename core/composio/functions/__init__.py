"""Python functions as actions: the ``@action`` decorator and its registry."""
