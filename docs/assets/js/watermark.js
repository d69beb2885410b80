// @ts-check
// Pictures of identity papers as the staff see them: each is drawn anew in the reviewer's browser with a mark across it that
// says for whom the copy is, and when. What is kept in the store stays as it is.

// Enough to read the smallest print of a card by, and the mark.
const [SHORTEST, LONGEST] = [1200, 3000];
const QUALITY = 0.9;
const ANGLE = -Math.PI / 7;

/** The picture at that address, marked, as a data URL. Throws when it cannot be fetched or drawn. */
export async function marked(address, mark) {
  const picture = await read(address);
  const longest = Math.max(picture.width, picture.height);
  const scale = Math.min(Math.max(longest, SHORTEST), LONGEST) / longest;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  draw(context, mark);
  return canvas.toDataURL("image/jpeg", QUALITY);
}

/** What can be drawn of an address; one of another place is fetched, or the canvas could not be read. */
async function read(address) {
  if (address.startsWith("data:")) {
    const picture = Object.assign(new Image(), { src: address });
    await picture.decode();
    return picture;
  }
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return createImageBitmap(await answer.blob());
}

/** Lines of the mark, slanted, over the whole of it: dark with a light edge, so that it is seen on every ground. */
function draw(context, mark) {
  const { width, height } = context.canvas;
  const size = Math.max(12, Math.round(Math.max(width, height) / 32));
  context.font = `600 ${size}px sans-serif`;
  const step = context.measureText(mark).width + 3 * size;
  const reach = Math.hypot(width, height);
  context.translate(width / 2, height / 2);
  context.rotate(ANGLE);
  context.globalAlpha = 0.3;
  context.lineWidth = size / 8;
  context.strokeStyle = "white";
  context.fillStyle = "#222";
  for (let y = -reach, row = 0; y < reach; y += 5 * size, row += 1) {
    for (let x = -reach - (row % 2) * (step / 2); x < reach; x += step) {
      context.strokeText(mark, x, y);
      context.fillText(mark, x, y);
    }
  }
}
