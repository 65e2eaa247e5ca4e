"""Parts of the fake upstream: finding the operation, reading a request, making up an answer, scripted replies."""
