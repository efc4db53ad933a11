import { element } from './elements.js';

/** A text with a button that copies it. */
export function copyable({ text, label, announce }) {
  const shown = element('pre', { tabindex: '0', 'aria-label': label }, element('code', {}, text));
  const button = element('button', { type: 'button', class: 'copy', 'aria-label': `Copy: ${label}` }, 'Copy');
  button.addEventListener('click', async () => {
    const isCopied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    if (!isCopied) getSelection().selectAllChildren(shown);
    button.textContent = isCopied ? 'Copied' : 'Selected: copy it with your keyboard';
    announce(button.textContent);
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 3000);
  });
  return element('div', { class: 'copyable' }, shown, button);
}
