// Under a language's path, the page speaks that language first.

const [, prefix] = location.pathname.split("/");
const own = document.querySelector(`.lost[lang="${CSS.escape(prefix)}"]`);
if (own) {
  document.documentElement.lang = prefix;
  document.title = `${own.querySelector("h1").textContent} – ${document.querySelector(".brand__name").textContent}`;
  document.querySelector(".brand").href = `/${prefix}/`;
  own.parentElement.prepend(own);
}
