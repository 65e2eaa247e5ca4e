"""A function of one's own, described by its docstring."""

from composio import ComposioToolSet, action


@action(toolname="math")
def multiply(a: int, b: int) -> int:
    """
    Multiply two numbers.

    :param a: First number
    :param b: Second number
    :return product: What they make together
    """
    return a * b


toolset = ComposioToolSet()
(tool,) = toolset.get_tools(actions=[multiply])
print(tool["parameters"]["properties"]["a"]["description"])
result = toolset.execute_action(multiply, {"a": 6, "b": 7})
print(result["data"]["product"], result["data"])
