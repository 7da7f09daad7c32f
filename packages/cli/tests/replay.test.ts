import { WebhookCatcher } from '@tutti/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { runTutti, shareTutti } from './_tutti.ts';

const shared = shareTutti();

/** Conversations whose event the receiver refuses for good. */
async function makeFailures(count: number): Promise<WebhookCatcher> {
  const { client } = shared();
  const hooks = await WebhookCatcher.open();
  onTestFinished(() => hooks.close());
  hooks.reply('/events', { status: 404 });
  await client.conversations.v1.configuration.webhooks().update({
    postWebhookUrl: hooks.at('/events'),
    filters: ['onConversationAdded'],
  });
  for (let n = 0; n < count; n += 1) {
    await client.conversations.v1.conversations.create({ xTwilioWebhookEnabled: 'true' });
    await hooks.next('/events');
  }
  hooks.reply('/events', { status: 200 });
  return hooks;
}

it('sends again what failed, so many at a time, and then one by its name', async () => {
  const { data: cwd } = shared();
  const hooks = await makeFailures(3);
  const args = ['replay', '--failed', '--host', new URL(hooks.url).host, '--data', cwd];
  // The last outcome is being written while the receiver has answered.
  await expect
    .poll(async () => (await runTutti([...args, '--limit', '1'], { cwd })).stdout)
    .toMatch(/^dlv-\w+ is sent again as dlv-\w+\nsent again: 1(, and there are more)?\n$/);

  const rest = await runTutti(args, { cwd });
  const [name = ''] = /dlv-\w+/.exec(rest.stdout) ?? [];
  await hooks.next('/events');
  const one = await runTutti(['replay', name, '--data', cwd, '--json'], { cwd });

  expect(rest).toMatchObject({ code: 0, stderr: '' });
  expect(rest.stdout).not.toContain('more');
  expect(one.code).toBe(0);
  expect(JSON.parse(one.stdout)).toMatchObject({ replay_of: name, delivery_status: 'pending' });
});

it('says in one line that there is no such delivery', async () => {
  const { data: cwd } = shared();

  const ended = await runTutti(['replay', 'dlv-zzzz', '--data', cwd], { cwd });

  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toMatch(/^tutti: the server at \S+ refused: [^\n]*not found\n$/);
});
