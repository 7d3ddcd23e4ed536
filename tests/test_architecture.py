"""No circle of imports, neither of files nor of packages. The layers themselves are a contract in pyproject.toml."""

from collections.abc import Iterable, Mapping

import grimp
import pytest

PACKAGES = ("config", "core", "clinics", "listings", "articles")


@pytest.fixture(scope="module")
def files() -> dict[str, set[str]]:
    """{module: the modules that it imports}, imports inside functions included."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def circles(imports: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The groups of modules that import each other, directly or through others (Tarjan's algorithm)."""
    number, lowest, path, found = {}, {}, [], []

    def visit(module):
        number[module] = lowest[module] = len(number)
        path.append(module)
        for other in imports.get(module, ()):
            if other not in number:
                visit(other)
            if other in path:
                lowest[module] = min(lowest[module], lowest[other])
        if lowest[module] == number[module]:
            at = path.index(module)
            found.append(sorted(path[at:]))
            del path[at:]

    for module in imports:
        if module not in number:
            visit(module)
    return [group for group in found if len(group) > 1]


def test_a_circle_is_found():
    assert circles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"], "e": []}) == [["a", "b", "c"]]


def test_no_files_import_each_other(files):
    assert circles(files) == []


def test_no_packages_import_each_other(files):
    packages = {package: set() for package in PACKAGES}
    for module, imported in files.items():
        package = module.partition(".")[0]
        packages[package] |= {other.partition(".")[0] for other in imported} - {package}
    assert circles(packages) == []
