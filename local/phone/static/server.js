// Talking to the page's own server. The token stays in the URL's fragment and in this module.

const token = location.hash.slice(1);
let etag = "";

const headers = () => ({ Authorization: `Bearer ${token}` });

/** The state, or null if it has not changed. Throws an Error that says what is wrong. */
export async function newState() {
  const answer = await fetch("api/state", { headers: { ...headers(), "If-None-Match": etag }, cache: "no-store" });
  if (answer.status === 304) return null;
  if (!answer.ok) throw new Error(await answer.text());
  etag = answer.headers.get("ETag") ?? "";
  return answer.json();
}

async function posted(path, given) {
  const answer = await fetch(`api/${path}`, {
    method: "POST",
    headers: { ...headers(), "Content-Type": "application/json" },
    body: JSON.stringify(given),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

/** Asks for something; returns the server's answer. Throws an Error with the server's sentence. */
export const ask = async (path, given = {}) => (await posted(path, given)).json();

const pictures = new Map();

/** The address of a picture of the sandbox, for an image; empty until it is there, and `arrived` is called then. */
export function picture(media, arrived) {
  if (!pictures.has(media.sid)) {
    pictures.set(media.sid, "");
    posted("media", { text: media.text, sid: media.sid })
      .then((answer) => answer.blob())
      .then((blob) => pictures.set(media.sid, URL.createObjectURL(blob)))
      .then(arrived, () => {});
  }
  return pictures.get(media.sid);
}
