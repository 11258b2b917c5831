const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** Returns the `id` of an object given its `id` or `uuid`, as the server makes it: base64url of `Type:uuid`. */
export function globalId(type: string, id: string): string {
  if (!UUID.test(id)) {
    return id;
  }
  return btoa(`${type}:${id}`).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
