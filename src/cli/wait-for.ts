import type { World } from './world.ts';

/** Shows that kickstart waits for something outside a plan: a spinner on a terminal, nothing where a spinner would be noise. */
export async function waitFor<Result>(text: string, result: Promise<Result>, json: boolean, { output }: World): Promise<Result> {
  if (json || !output.isTerminal) return result;
  // The spinner's library takes longer to load than most answers take to come.
  const { default: ora } = await import('ora');
  const spinner = ora({ text, discardStdin: false }).start();
  try {
    return await result;
  } finally {
    spinner.stop();
  }
}
