"""Actions of CODEINTERPRETER."""
