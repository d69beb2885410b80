// @ts-check
// A place to drop a file on, as well as to choose one.

/** Tells `take` the files that are dropped there, and marks the place while one hangs over it. */
export function takeDrops(place, take) {
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    place.dataset.over = "";
  });
  for (const end of ["dragleave", "drop"]) place.addEventListener(end, () => delete place.dataset.over);
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });
}
