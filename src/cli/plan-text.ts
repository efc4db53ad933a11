import type { Plan } from '../plan/plan.ts';
import { definitionOf } from '../steps/step.ts';

/** A plan as people read it: what was decided, and each step with its reason. */
export function planText(plan: Plan): string {
  const lines = [plan.title, ...plan.decisions.map((decision) => `  ${decision}`), ''];
  let title = '';
  for (const stage of plan.stages) {
    if (stage.title !== title) lines.push(stage.title);
    title = stage.title;
    for (const { step, reason, optional, temporary } of stage.steps) {
      const marks = [
        optional && 'may fail',
        temporary && 'taken back at the end',
        stage.steps.length > 1 && stage.atOnce > 1 && `${stage.atOnce} at once`,
      ];
      const notes = marks.filter((mark) => typeof mark === 'string');
      lines.push(
        `  - ${definitionOf(step)?.describe(step)}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`,
        `      ${reason}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}
