// The page: draws the server's state again whenever it has changed. Everything from outside is set as text, never as HTML.

import { html, nothing, render } from "./vendor/lit-html/lit-html.js";
import { repeat } from "./vendor/lit-html/directives/repeat.js";
import { ask, newState, picture } from "./server.js";

const LOOK_MS = 400;
const HIDDEN_MS = 3000;
const TICKS = {
  sending: "…", queued: "◷", accepted: "◷", scheduled: "◷", sent: "✓", delivered: "✓✓", read: "✓✓",
  failed: "✕", undelivered: "✕", canceled: "✕", "not sent": "✕",
};
const WAYS = [["direct", "SendSms"], ["queue", "the send queue"], ["steps", "Step Functions"]];
const PROOF_STATES = { "": "", running: "running", held: "held", broken: "broken" };

let state = null;
let trouble = "";
let notice = "";
let customer = "";
let lastText = "";
let chosen = "";

const page = document.getElementById("page");
page.replaceChildren();
const draw = () => {
  render(state ? whole() : html`<p class="wait" role="alert">${trouble || "Loading …"}</p>`, page);
  scrollToTheLastText();
};

// --- what is done -----------------------------------------------------------------------------------------------

async function attempt(work) {
  try {
    await work();
    notice = "";
  } catch (error) {
    notice = error.message.trim();
  }
  await look();
}

async function look() {
  try {
    const news = await newState();
    trouble = "";
    if (news) {
      state = news;
      customer ||= state.customer;
    }
  } catch (error) {
    trouble = error instanceof TypeError ? "`make local` has stopped." : error.message.trim();
  }
  draw();
}

async function lookAgainAndAgain() {
  await look();
  setTimeout(lookAgainAndAgain, document.hidden ? HIDDEN_MS : LOOK_MS);
}

/** Whether a send may go ahead: with a real account only after a yes. */
function confirmed(to) {
  if (!state.real) return Promise.resolve(true);
  const dialog = document.getElementById("confirm");
  dialog.querySelector("b").textContent = to;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let start = 0; start < bytes.length; start += 32768) {
    text += String.fromCharCode(...bytes.subarray(start, start + 32768));
  }
  return btoa(text);
}

function textAsCustomer(event) {
  event.preventDefault();
  const form = event.target;
  attempt(async () => {
    const files = [...form.elements.file.files];
    const media = await Promise.all(files.map(async (file) => ({ type: file.type, base64: await base64(file) })));
    await ask("texts", { from: customer, body: form.elements.body.value, media });
    form.reset();
    chosen = "";
  });
}

const keyword = (body) => attempt(() => ask("texts", { from: customer, body }));

function reply(event) {
  event.preventDefault();
  const form = event.target;
  attempt(async () => {
    const yes = await confirmed(customer);
    if (!yes) return;
    await ask("sends", { to: customer, body: form.elements.body.value, way: form.elements.way.value, confirmed: yes });
    form.elements.body.value = "";
  });
}

const again = (number) =>
  attempt(async () => {
    const yes = await confirmed(customer);
    if (yes) await ask(`sends/${number}/again`, { confirmed: yes });
  });

function prove(proof) {
  if (proof.state === "running") return;
  if (!["forge", "reconcile"].includes(proof.kind)) customer = state.proofCustomer;
  attempt(() => ask(`proofs/${proof.kind}`));
}

// --- what is shown ----------------------------------------------------------------------------------------------

const whole = () => html`
  <header>
    <h1>A phone on the desk</h1>
    <p class="where">${state.real
      ? html`<strong>Your Twilio account.</strong> Every send is a real text and costs money.`
      : html`Twilio is a sandbox on this machine. No real text is sent.`}</p>
    ${counters()}
  </header>
  ${trouble ? html`<p class="trouble" role="alert">${trouble}</p>` : nothing}
  <main>${phone()} ${bus()} ${state.real ? nothing : proofs()}</main>
  <p class="notice" role="status">${notice}</p>
  <dialog id="confirm" aria-labelledby="question">
    <form method="dialog">
      <p id="question">Send a real text to <b></b>? It costs money.</p>
      <button value="no" autofocus>No</button> <button value="yes" class="main">Send it</button>
    </form>
  </dialog>`;

function counters() {
  const { sent, published, again: repeated, doubled, lost } = state.counters;
  const told = repeated ? `${repeated} arrived again` : "each once";
  const one = (name, count, meaning, bad) => html`
    <div class=${bad ? "bad" : ""}>
      <dt>${name}</dt>
      <dd data-counter=${name}>${count ?? "–"}</dd>
      <dd class="meaning">${meaning}</dd>
    </div>`;
  return html`<dl class="counters">
    ${one("sent", sent, "texts at Twilio", false)}
    ${one("published", published, `events, ${told}`, false)}
    ${one("doubled", doubled, "texts beyond one per send", doubled > 0)}
    ${one("lost", lost, "facts missing on the bus", lost > 0)}
  </dl>`;
}

function phone() {
  const known = state.conversations.map((one) => one.customer);
  const numbers = [...new Set([state.customer, ...known])].filter(Boolean);
  const current = state.conversations.find((one) => one.customer === customer) ?? { texts: [], optedOut: false };
  const last = current.texts.findLast((text) => !text.inbound);
  return html`<section class="phone" aria-labelledby="phone">
    <h2 id="phone">Conversation</h2>
    <label class="whose">Customer
      <input type="tel" list="customers" autocomplete="off" .value=${customer}
        @change=${(event) => { customer = event.target.value.trim() || state.customer; draw(); }}>
    </label>
    <datalist id="customers">${numbers.map((number) => html`<option value=${number}></option>`)}</datalist>
    <div class="numbers" role="group" aria-label="Conversations">
      ${numbers.map((number) => html`<button type="button" aria-pressed=${number === customer}
        @click=${() => { customer = number; draw(); }}>${number === state.proofCustomer ? "Proofs" : number}</button>`)}
    </div>
    <ol class="texts" tabindex="0" aria-label="Texts" aria-live="polite" aria-relevant="additions">
      ${current.texts.length ? nothing : html`<li class="none">No texts yet.</li>`}
      ${repeat(current.texts, (text) => text.id, bubble)}
    </ol>
    <p class="unseen" role="status">${last ? `Your last text: ${last.status}` : nothing}</p>
    ${current.optedOut ? html`<p class="out">This customer has opted out (STOP). START opts in again.</p>` : nothing}
    ${state.real ? nothing : asTheCustomer()}
    <form @submit=${reply} autocomplete="off">
      <label for="reply">Send as ${state.sender || "your number"}</label>
      <div class="row">
        <textarea id="reply" name="body" rows="1" maxlength="1600" required @keydown=${enterSends}></textarea>
        <button class="main">Send</button>
      </div>
      <div class="row small"><label for="way">by</label> <select id="way" name="way">
        ${WAYS.map(([way, name]) => html`<option value=${way}>${name}</option>`)}
      </select></div>
    </form>
  </section>`;
}

const asTheCustomer = () => html`<form @submit=${textAsCustomer} autocomplete="off">
  <label for="as-customer">Text as the customer</label>
  <div class="row">
    <textarea id="as-customer" name="body" rows="1" maxlength="1600" @keydown=${enterSends}></textarea>
    <button>Text</button>
  </div>
  <div class="row small">
    <button type="button" @click=${() => keyword("STOP")}>STOP</button>
    <button type="button" @click=${() => keyword("START")}>START</button>
    <label class="file"><input type="file" name="file" class="unseen" accept="image/png,image/jpeg,image/gif,image/webp"
      @change=${(event) => { chosen = event.target.files[0]?.name ?? ""; draw(); }}>Picture${chosen ? `: ${chosen}` : " …"}</label>
  </div>
</form>`;

function enterSends(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  event.target.form.requestSubmit();
}

const time = (seconds) => new Date(seconds * 1000).toLocaleTimeString("en-GB");

function bubble(text) {
  const tick = TICKS[text.status] ?? "";
  return html`<li class=${text.inbound ? "in" : "out"} data-status=${text.status}>
    <span class="unseen">${text.inbound ? "The customer" : "You"}: </span>
    ${text.media.map((media) => html`<img alt="A picture" src=${picture(media, draw) || nothing}>`)}
    <span class="body">${text.body}</span>
    <span class="foot">${time(text.at)}
      ${text.inbound ? nothing : html`<span aria-hidden="true" class="tick">${tick}</span> ${text.status}`}
      ${text.atTwilio && text.send !== null ? html`<span class="aside">(at Twilio: ${text.atTwilio})</span>` : nothing}
    </span>
    ${text.error ? html`<span class="error">${text.error}</span>` : nothing}
    ${text.again ? html`<button type="button" class="again" @click=${() => again(text.send)}>Repeat with the same key</button>` : nothing}
  </li>`;
}

const bus = () => html`<section class="bus" aria-labelledby="bus">
  <h2 id="bus">The bus</h2>
  <details class="rules"><summary>Rules of ${[...new Set(state.rules.map((rule) => rule.page))].join(", ")}</summary>
    <dl>${state.rules.map((rule) => html`<dt>${rule.title}</dt>
      <dd><pre tabindex="0" role="group" aria-label=${rule.title}>${JSON.stringify(rule.pattern, null, 2)}</pre></dd>`)}</dl>
  </details>
  <ol class="events" tabindex="0" aria-label="Events, newest first">
    ${state.events.length ? nothing : html`<li class="none">No events yet.</li>`}
    ${repeat(state.events, (event) => event.number, anEvent)}
  </ol>
</section>`;

/** An event's id with its SID shortened to what distinguishes it; the event shows the whole. */
const short = (id) => id.replace(/([A-Z]{2}[0-9a-f]{6})[0-9a-f]{26}/, "$1…");

const anEvent = (event) => html`<li data-type=${event.type}>
  <details>
    <summary>
      <span class="what">
        <span class="type">${event.type}</span>
        <code>${short(event.id)}</code>
        ${event.again ? html`<span class="badge again">again</span>` : nothing}
        ${event.rules.map((title) => html`<span class="badge">${title}</span>`)}
        <time>${time(event.at)}</time>
      </span>
    </summary>
    <pre tabindex="0" role="group" aria-label="The event">${JSON.stringify(event.whole, null, 2)}</pre>
  </details>
</li>`;

const proofs = () => html`<section class="proofs" aria-labelledby="proofs">
  <h2 id="proofs">Break it</h2>
  <ul>${repeat(state.proofs, (proof) => proof.kind, aProof)}</ul>
</section>`;

const aProof = (proof) => html`<li data-proof=${proof.kind} data-state=${proof.state}>
  <div class="row">
    <button type="button" aria-disabled=${proof.state === "running"} aria-describedby=${`promise-${proof.kind}`}
      @click=${() => prove(proof)}>${proof.title}</button>
    <span class="verdict">${PROOF_STATES[proof.state]}</span>
  </div>
  <p id=${`promise-${proof.kind}`}>${proof.promise}</p>
  <p class="step" role="status">${proof.steps.at(-1) ?? nothing}</p>
  ${proof.steps.length > 1 ? html`<details><summary>How it went</summary>
    <ol>${proof.steps.slice(0, -1).map((step) => html`<li>${step}</li>`)}</ol></details>` : nothing}
</li>`;

/** Shows the newest text, when there is one or when another conversation is chosen. */
function scrollToTheLastText() {
  const list = document.querySelector(".texts");
  const newest = `${customer} ${list?.childElementCount}`;
  if (list && newest !== lastText) list.scrollTop = list.scrollHeight;
  lastText = newest;
}

lookAgainAndAgain();
