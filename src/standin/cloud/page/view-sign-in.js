import { element, field } from './elements.js';
import { form } from './messages.js';

export function showSignIn({ signIn, onSignedIn }) {
  const name = element('input', { id: 'name', name: 'name', autocomplete: 'username', value: 'admin', required: true });
  const password = element('input', {
    ...{ id: 'password', name: 'password', type: 'password' },
    ...{ autocomplete: 'current-password', required: true, autofocus: true },
  });
  const content = form(
    {
      button: 'Sign in',
      class: 'narrow',
      async send(values) {
        try {
          await signIn(values);
        } catch (error) {
          password.value = '';
          password.focus();
          // Here 401 does not mean that nobody is signed in.
          throw error.status === 401 ? WRONG : error;
        }
        await onSignedIn();
      },
    },
    element('h1', {}, 'Sign in'),
    field({ label: 'Name', control: name }),
    field({
      label: 'Password',
      control: password,
      help: 'kickstart cloud printed it when it first started with its data directory.',
    }),
  );
  return { title: 'Sign in', content };
}

const WRONG = {
  what: 'This did not sign you in.',
  why: 'The name or the password is wrong.',
  next: 'Try again. A lost password is replaced with POST /standin/v1/password and the token from the file admin-token.',
};
