// Ends the thread when it is asked for port 2.
import { parentPort } from 'node:worker_threads';

parentPort.addEventListener('message', (event) => {
  if (event.data?.task.kind !== 'bind' || event.data.task.port !== 2) return;
  event.stopImmediatePropagation();
  throw new Error('asked for port 2');
});
