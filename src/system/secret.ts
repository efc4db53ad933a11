import { inspect } from 'node:util';

const HIDDEN = '[hidden]';

/**
 * A value that must not reach a screen, a log, a receipt or an argument vector: claim token, private key, proxy password.
 * Templates, JSON.stringify and util.inspect all give `[hidden]`. Only src/system reveals it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }

  /** The value itself. `scripts/check-imports.mjs` allows the call in src/system only. */
  static reveal(secret: Secret): string {
    return secret.#value;
  }
}

/** A text that may be secret. */
export type Text = string | Secret;

/** `value` as JSON with the secrets in it revealed; secret as a whole, so that it can travel to src/system. */
export function secretJson(value: unknown): Secret {
  return new Secret(
    JSON.stringify(value, function (this: Record<string, unknown>, key, shown) {
      const original = this[key];
      return original instanceof Secret ? Secret.reveal(original) : shown;
    }),
  );
}

/** Texts one after the other; secret as a whole. */
export function secretText(parts: readonly Text[]): Secret {
  return new Secret(parts.map((part) => (part instanceof Secret ? Secret.reveal(part) : part)).join(''));
}

/** A text of somebody else, without the secret that it may repeat. One that is shorter than four characters would be found everywhere. */
export function withoutSecret(text: string, secret: Secret): string {
  const value = Secret.reveal(secret);
  if (value.length < 4) return text;
  return [value, encodeURIComponent(value)].reduce((shown, hidden) => shown.replaceAll(hidden, HIDDEN), text);
}
