require('node:worker_threads').parentPort.postMessage('hello from CommonJS');
