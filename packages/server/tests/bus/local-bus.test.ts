import { expect, test } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { LocalBus } from '../../src/bus/local-bus.ts';

test('news is told until all are done with it, and again when one of them failed', async () => {
  const bus = new LocalBus(createLog('silent'));
  const heard: string[] = [];
  let isFailing = true;
  bus.subscribe('media-removed', async () => {
    await Promise.resolve();
    heard.push('first');
    if (isFailing) throw new Error('the disk is not there');
  });
  bus.subscribe('media-removed', async () => {
    await Promise.resolve();
    heard.push('second');
  });
  const news = { kind: 'media-removed', mediaSids: [] } as const;

  await expect(bus.publish(news)).rejects.toThrow('the disk is not there');
  isFailing = false;
  await bus.publish(news);

  expect(heard).toEqual(['first', 'second', 'first', 'second']);
});
