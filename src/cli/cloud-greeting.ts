import type { Cloud } from '../standin/cloud/server.ts';

interface Greeting extends Pick<Cloud, 'url' | 'caFile'> {
  dataDirectory: string;
  commandName: string;
  /** The certificate is not one of the Cloud's own. */
  isGiven: boolean;
}

/** What a person reads who has started the Cloud. Holds no secret. */
export function cloudGreeting({ url, caFile, dataDirectory, commandName, isGiven }: Greeting): string {
  // From a file: an argument can be read by every user of the machine.
  const claim = `--claim-token-file FILE --claim-url ${url}${isGiven ? '' : ` --ca-file '${caFile}'`}`;
  return [
    'This is a stand-in for Netdata Cloud, for rehearsals and tests. It shows no metrics.',
    `It listens at ${url}, where its page is too.`,
    ...(isGiven
      ? [`It shows the certificate in ${caFile}: agents and browsers must trust whoever signed that.`]
      : [
          `Its certificate is signed by a CA of its own, which nobody trusts yet: ${caFile}`,
          `To trust it: --ca-file ${caFile} for kickstart and netdata-claim.sh, SSL_CERT_FILE=${caFile} in the environment of an agent, an import for a browser.`,
        ]),
    `Claim an agent that is here, with the token in FILE: ${commandName} claim ${claim}`,
    `Install an agent below PREFIX and claim it: ${commandName} --install PREFIX ${claim}`,
    // Through a pipe, for the same reason.
    `A new password for admin: printf 'Authorization: Bearer %s' "$(cat '${dataDirectory}/admin-token')" | curl --cacert '${caFile}' -H @- -X POST ${url}/standin/v1/password`,
    'Stop it with Ctrl-C.',
    '',
  ].join('\n');
}

/** What the first start has made and nobody can read again. */
export function firstSecrets({ administrator, password, token, space, rooms }: NonNullable<Cloud['first']>): string {
  return [
    'Made just now, and shown only this once:',
    `  administrator  ${administrator}, with the password ${password}`,
    `  claim token    ${token}, of the space "${space.name}"`,
    ...rooms.map(({ id, name }) => `  room           ${id}, "${name}"`),
    '',
  ].join('\n');
}
