// An HTTP server that takes its time to say goodbye.
import { createServer } from 'node:http';

const server = createServer((_request, response) => {
  response.end('hello\n');
}).listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`listening at http://127.0.0.1:${server.address().port}`);
});

process.once('SIGTERM', () => {
  console.log('closing');
  server.close();
});
