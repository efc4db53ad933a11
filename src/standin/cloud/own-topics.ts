import { normalId } from './uuid.ts';

/** A topic or filter with the claim id in it in the one form that is compared, however the agent writes it. */
export function normalTopic(topic: string): string {
  return topic.replace(/^\/agent\/([0-9A-Fa-f-]+)(?=\/)/, (_, id: string) => `/agent/${normalId(id)}`);
}
