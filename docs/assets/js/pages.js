// @ts-check
// The pages of a paper beside the decision on it: the pictures that the PDF of our own making holds, since not every browser
// shows a PDF inside a page, and none of them in the page's own size and words.

// One JPEG a page, in their order, as functions/workers/rendering.py packs them.
const PICTURES = /\/DCTDecode[^>]*\/Length (\d+)[^>]*>>\s*stream\r?\n/g;

/** The pictures at that address, as data URLs. Throws when they cannot be fetched. */
export async function pagesOf(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  // A character for each byte, so that places in the text are places in the file.
  const found = [...new TextDecoder("latin1").decode(bytes).matchAll(PICTURES)];
  return Promise.all(
    found.map(({ index, 0: { length }, 1: size }) => dataUrl(bytes.subarray(index + length, index + length + Number(size)))),
  );
}

function dataUrl(jpeg) {
  return new Promise((resolve, reject) => {
    const reading = new FileReader();
    reading.addEventListener("load", () => resolve(reading.result));
    reading.addEventListener("error", () => reject(reading.error));
    reading.readAsDataURL(new Blob([jpeg], { type: "image/jpeg" }));
  });
}
