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

/**
 * A text that carries secrets: `secretText` keeps it together, `revealText` in src/system takes it apart.
 * Example: secretText`{"token":"${token}"}`.
 */
export type Text = string | Secret;
