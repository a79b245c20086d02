"""What repeats in `template.yaml` is written once, under an anchor, and SAM still distinguishes its functions."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from samcli.yamlhelper import yaml

from local.sam import PROJECT_ROOT
from tests.support.template import FUNCTIONS, template

# In words, keys and values together: a resource of a type and two aliases. An alias saves no line of such a block.
SMALL = 6


def repeated(text: str) -> list[list[int]]:
    """The lines where blocks of equal content begin that are written out each time. An alias is a word."""
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    uses: Counter[int] = Counter()
    _count(root, uses)
    places = defaultdict(set)
    for node, words in _blocks(root, uses):
        if len(words) > SMALL:
            places[node.tag, *words].add(node.start_mark.line + 1)
    return sorted(sorted(lines) for lines in places.values() if len(lines) > 1)


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    for each in node.value if isinstance(node, yaml.CollectionNode) else ():
        yield from each if isinstance(each, tuple) else (each,)


def _count(node: yaml.Node, uses: Counter[int]) -> None:
    uses[id(node)] += 1
    if uses[id(node)] == 1:
        for child in _children(node):
            _count(child, uses)


def _blocks(node: yaml.Node, uses: Counter[int]) -> Iterator[tuple[yaml.Node, tuple[str, ...]]]:
    """The blocks of a node, itself last, each with its words in order."""
    words: list[str] = [] if isinstance(node, yaml.CollectionNode) else [f"{node.tag} {node.value}"]
    for child in _children(node):
        *inner, (_, said) = _blocks(child, uses)
        yield from inner
        if isinstance(child, yaml.CollectionNode):
            yield child, said
        words += [f"*{id(child)}"] if uses[id(child)] > 1 else said
    yield node, tuple(words)


def test_no_block_is_written_twice() -> None:
    assert repeated((PROJECT_ROOT / "template.yaml").read_text()) == []


def test_a_block_written_twice_is_found_and_an_alias_is_not() -> None:
    block = "{a: 1, b: {c: 2, d: 3, e: 4}}"
    assert repeated(f"one: {block}\ntwo:\n  three: {block}\n") == [[1, 3]]
    assert repeated(f"one: &once {block}\ntwo:\n  three: *once\n") == []


def test_functions_share_no_metadata_because_sam_writes_their_names_into_it() -> None:
    resources = template()["Resources"]
    assert len({id(resources[name]["Metadata"]) for name in FUNCTIONS}) == len(FUNCTIONS)
