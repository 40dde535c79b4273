// A grid of cards. Text of the library is only ever set as text: labels can hold anything.

const MOVES = { ArrowRight: 1, ArrowLeft: -1 };
const KEYS = { s: "similar", r: "relevant", n: "not_relevant" };

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector("ul");
  list.setAttribute("aria-label", data.words);
  const known = new Map([...list.children].map((item) => [item.dataset.id, item]));
  const act = (action, id) => setTriggerValue("act", { action, id });
  const wanted = data.cards.map((card) => {
    const item = known.get(card.id) ?? newCard(card);
    known.delete(card.id);
    update(item, card, data);
    item.act = act;
    return item;
  });
  for (const left of known.values()) left.remove();
  wanted.forEach((item, place) => {
    if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
  });
  list.onkeydown = (event) => moved(event, list, data);
}

function newCard(card) {
  const item = document.createElement("li");
  item.dataset.id = card.id;
  item.innerHTML = `
    <button class="picture" type="button"></button>
    <div class="facts">
      <div class="what"><b></b> <span class="anatomy"></span><span class="score"></span></div>
      <div class="label"></div>
      <div class="why"></div>
    </div>
    <div class="acts">
      <button class="similar" type="button">Similar</button>
      <button class="relevant" type="button">✓</button>
      <button class="not_relevant" type="button">✕</button>
    </div>`;
  for (const name of ["similar", "relevant", "not_relevant"]) {
    item.querySelector(`.${name}`).onclick = () => item.act(name, card.id);
  }
  item.querySelector(".picture").onclick = () => item.act("open", card.id);
  return item;
}

function update(item, card, { marks, asks }) {
  const set = (name, text) => (item.querySelector(name).textContent = text);
  set("b", card.modality);
  set(".anatomy", card.anatomy);
  set(".score", card.score ?? "");
  item.querySelector(".score").title = "Cosine similarity to the query";
  set(".label", card.label || "\u00a0");
  item.querySelector(".label").title = card.label;
  const more = card.folded ? [`and ${card.folded} more of the same series or content`] : [];
  set(".why", [...card.why, ...more].join(" · "));
  show(item.querySelector(".picture"), card);
  const spoken = `${card.words}${card.score ? `, similarity ${card.score}` : ""}`;
  name(item.querySelector(".picture"), `Open: ${spoken}`);
  name(item.querySelector(".similar"), `Similar to this: ${spoken}`, "Search with this image (s)");
  item.querySelector(".similar").hidden = !asks;
  for (const [mark, value, words] of [
    ["relevant", 1, "Relevant"],
    ["not_relevant", -1, "Not relevant"],
  ]) {
    const button = item.querySelector(`.${mark}`);
    button.hidden = !marks;
    button.setAttribute("aria-pressed", String(card.mark === value));
    name(button, `${words}: ${spoken}`, `${words} (${mark[0]})`);
  }
  item.dataset.mark = card.mark;
}

function name(button, words, hint) {
  button.setAttribute("aria-label", words);
  button.title = hint ?? "Look at it (Enter)";
}

function show(button, card) {
  if (button.dataset.picture === String(card.picture)) return;
  button.dataset.picture = String(card.picture);
  button.replaceChildren();
  if (!card.picture) {
    button.append("No preview");
    return;
  }
  const image = document.createElement("img");
  image.loading = "lazy";
  image.decoding = "async";
  image.alt = "";
  image.onerror = () => button.replaceChildren("No preview");
  image.src = card.picture;
  button.append(image);
}

// Arrow keys go from card to card, letters act on the one that has the focus.
function moved(event, list, { marks, asks }) {
  const item = event.target.closest("li");
  if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = KEYS[event.key];
  if (action && (action === "similar" ? asks : marks)) {
    event.preventDefault();
    event.stopPropagation(); // Streamlit has keys of its own: r runs the page again
    item.act(action, item.dataset.id);
    return;
  }
  const items = [...list.children];
  const columns = items.filter((each) => each.offsetTop === items[0].offsetTop).length;
  const step = MOVES[event.key] ?? { ArrowDown: columns, ArrowUp: -columns }[event.key];
  const next = items[items.indexOf(item) + step];
  if (!step || !next) return;
  event.preventDefault();
  next.querySelector(".picture").focus();
}
