// The stored runs as a table; a button in each row shows one. Text is only ever set as text.

export default function ({ data, parentElement, setTriggerValue }) {
  const table = parentElement.querySelector("table");
  table.querySelector("caption").textContent = data.caption;
  const head = table.tHead.rows[0] ?? table.tHead.insertRow();
  head.replaceChildren(...data.columns.map((column) => cell("th", column, { scope: "col" })));
  const focused = parentElement.querySelector("button:focus")?.dataset.number;
  table.tBodies[0].replaceChildren(...data.rows.map((row) => drawn(row, setTriggerValue)));
  if (focused) table.querySelector(`button[data-number="${Number(focused)}"]`)?.focus();
}

function drawn({ number, cells }, setTriggerValue) {
  const row = document.createElement("tr");
  const [name, ...rest] = cells;
  const first = cell("th", "", { scope: "row" });
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = name;
  button.dataset.number = number;
  button.setAttribute("aria-label", `Show ${name}`);
  button.onclick = () => setTriggerValue("run", number);
  first.append(button);
  row.append(first, ...rest.map((text) => cell("td", text)));
  return row;
}

function cell(kind, text, attributes = {}) {
  const made = document.createElement(kind);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
