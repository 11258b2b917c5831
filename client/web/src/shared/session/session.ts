const ADDRESS = "/v1/session";
/** The name of the last key that signed in with this browser: what was typed under another one is not shown to it. */
const MARK = "tunix-rt-signed-in";

/** Why a key was refused, or whether this browser was signed in by another key before, or by none. */
export type SignIn = { refusal: string } | { refusal?: undefined; isOtherKey: boolean };

/** Signs in with a key, which stays in no place that scripts can read. */
export async function signIn(key: string): Promise<SignIn> {
  const response = await send("POST", JSON.stringify({ key }));
  if (response?.ok !== true) {
    return { refusal: await reasonOf(response) };
  }
  const { keyName } = (await response.json()) as { keyName: string };
  const before = localStorage.getItem(MARK);
  localStorage.setItem(MARK, keyName);
  return { isOtherKey: before !== keyName };
}

/** Signs out; returns why not, if it is refused. */
export async function signOut(): Promise<string | undefined> {
  const response = await send("DELETE");
  if (response?.ok !== true) {
    return await reasonOf(response);
  }
  localStorage.removeItem(MARK);
  return undefined;
}

/** The server's answer; undefined if it cannot be reached. */
async function send(method: string, body: string | null = null): Promise<Response | undefined> {
  const headers: HeadersInit = body === null ? {} : { "content-type": "application/json" };
  return await fetch(ADDRESS, { method, body, headers }).catch(() => undefined);
}

async function reasonOf(response: Response | undefined): Promise<string> {
  if (response === undefined) {
    return "The server cannot be reached.";
  }
  const answer = (await response.json().catch(() => undefined)) as { errors?: { message: string }[] } | undefined;
  return answer?.errors?.[0]?.message ?? `The server answered with status ${response.status}.`;
}
