import { KickstartError } from '../errors.ts';
import { normalUrl } from '../host/normal-url.ts';

/** As normalUrl writes it. Throws USAGE_INVALID_VALUE. */
export function webUrl(option: 'claim-url' | 'release-url' | 'mirror', value: string, protocols: readonly string[]): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isPlain = url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (isPlain && protocols.includes(url.protocol)) return normalUrl(value);
  throw new KickstartError('USAGE_INVALID_VALUE', {
    // A value with these may hold a password.
    what: `--${option}${/[@?]/.test(value) ? '' : ` ${value}`} cannot be used.`,
    why: `It must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}, without user, password, "?" and "#".`,
    next: urlAdvice[option],
  });
}

const urlAdvice = {
  'claim-url': 'Usually it is https://app.netdata.cloud.',
  'release-url': 'It is laid out like the /releases of a GitHub repository.',
  mirror: 'Source archives are directly below it, each under its own name.',
} as const;
