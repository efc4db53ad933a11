/**
 * USER:PASSWORD as people write it in front of a proxy → as every URL parser takes it apart in the same way. Each may have any character in it,
 * also DOMAIN\user, and what is encoded already stays.
 */
export function encodedLogin(login: string): string {
  const colon = login.indexOf(':');
  const [user, password] = colon < 0 ? [login, ''] : [login.slice(0, colon), login.slice(colon + 1)];
  return password === '' ? encoded(user) : `${encoded(user)}:${encoded(password)}`;
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(decodeURIComponent(text));
  } catch {
    return encodeURIComponent(text);
  }
}
