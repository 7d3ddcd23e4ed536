"""What a first visit costs a phone: compressed bytes, headers included, and requests."""

import pytest

KB = 1000
MOST_REQUESTS = 5  # the page, a script, two style sheets, one more of one clinic
BUSY = "/clinics/?near=10001&radius=any"  # twenty rows, every filter group
FAR = "/clinics/?near=59011"  # a map helps here


@pytest.fixture
def weigh(new_page, site, capsys):
    """weigh(path) -> (bytes of the page itself, bytes of everything, requests). Prints them too."""

    def weigh_one(path):
        page = new_page(java_script_enabled=True)
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        sizes, first = {}, []
        network.on("Network.requestWillBeSent", lambda event: first.append(event["requestId"]))
        network.on(
            "Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]})
        )
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert set(first) == set(sizes), "a request never ended"
        html, everything = sizes[first[0]], sum(sizes.values())
        with capsys.disabled():
            print(f"\n{path}: {html / KB:.1f} KB of HTML, {everything / KB:.1f} KB in {len(sizes)} requests")
        return html, everything, len(sizes)

    return weigh_one


def test_a_page_of_results_is_light(weigh):
    html, everything, requests = weigh(BUSY)
    assert html <= 30 * KB
    assert everything <= 80 * KB
    assert requests <= MOST_REQUESTS


def test_a_map_costs_a_phone_nothing_until_it_is_opened(weigh):
    _html, everything, requests = weigh(FAR)
    assert everything <= 80 * KB
    assert requests <= MOST_REQUESTS
    html, everything, requests = weigh("/clinics/map/?near=59011")
    assert html <= 15 * KB
    assert everything <= 60 * KB
    assert requests <= MOST_REQUESTS + 1  # the style sheet of maps


@pytest.mark.parametrize("name", ["home", "clinic", "city", "preset"])
def test_other_pages_are_lighter(weigh, site, name):
    _html, everything, requests = weigh(site.path(name))
    assert everything <= 60 * KB
    assert requests <= MOST_REQUESTS
