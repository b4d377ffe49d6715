"""What the tests of pages share: whether anybody can read one, and that it asks
nothing of anybody."""

PHONE, SCREEN = 360, 1280

# The contrast of an element's text with what is behind it (WCAG 2).
CONTRAST = """(() => {
  const channel = c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) =>
    .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour[3] !== 0) return colour;
    }
    return [255, 255, 255];
  };
  const seen = [...document.querySelectorAll('body *')].filter(e =>
    [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()));
  return Math.min(...seen.map(e => {
    const pair = [light(parse(getComputedStyle(e).color)), light(behind(e))];
    return (Math.max(...pair) + .05) / (Math.min(...pair) + .05);
  }));
})()"""


def assert_self_contained(browser):
    assert len(browser.requests) == 1, "only the page itself"
    assert browser.requests[0].startswith("file:")
    assert browser.complaints == [], "the style is the one that is allowed"
    assert browser.value("document.scripts.length") == 0


def assert_fits(browser):
    browser.open_details()
    for width in (PHONE, SCREEN):
        browser.look(width)
        assert browser.overflow() == 0, browser.too_wide()
