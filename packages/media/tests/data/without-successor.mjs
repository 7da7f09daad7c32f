// Ends the thread if it takes the place of one that has ended: that one has left its mark in the memory they share.
import { workerData } from 'node:worker_threads';

const mark = new Int32Array(workerData.toSend).subarray(-1);
if (Atomics.exchange(mark, 0, 1) === 1) throw new Error('ended at once');
