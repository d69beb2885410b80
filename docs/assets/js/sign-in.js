// @ts-check
// The page's one sign-in form: the block that needs to know its reader shows it, and every other waits out of sight.

const form = document.querySelector("[data-shared-sign-in]");
let host;

/** Show the form in a block's stage, or hide that block while it stands in another; `ended` when a session has ended while they were at work. */
export function askIn(stage, { ended = false, focus = false } = {}) {
  stage.toggleAttribute("data-ended", ended);
  if (!host || isWantedMore(stage, host)) {
    const former = host;
    host = stage;
    form.hidden = false;
    stage.append(form);
    if (former) explain(former);
  }
  explain(stage);
  if (stage !== host) return;
  if (ended) part(stage, "again").focus();
  else if (focus) form.querySelector(".job__title").focus();
}

/** Whether the form stands there. */
export const isAskedIn = (stage) => stage === host;

function explain(stage) {
  const [isHere, hasEnded] = [stage === host, stage.hasAttribute("data-ended")];
  part(stage, "first").hidden = !isHere || hasEnded;
  part(stage, "again").hidden = !isHere || !hasEnded;
  stage.parentElement.toggleAttribute("data-signs-in-elsewhere", !isHere);
}

/** What is seen comes before what is not, what the reader came or looked for before the rest, what stands above before what is below. */
function isWantedMore(stage, than) {
  const [one, other] = [stage, than].map((each) => [isSeen(each), isLookedFor(each)].map(Number));
  const at = one.findIndex((rank, index) => rank !== other[index]);
  if (at >= 0) return one[at] > other[at];
  return Boolean(stage.compareDocumentPosition(than) & Node.DOCUMENT_POSITION_FOLLOWING);
}

const isSeen = (stage) => stage.getClientRects().length > 0;

function isLookedFor(stage) {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  return [target, document.activeElement].some((one) => one && one !== document.body && stage.parentElement.contains(one));
}

function part(stage, name) {
  return stage.querySelector(`:scope > [data-${name}]`);
}
