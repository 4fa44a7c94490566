// Does a job every half a second, one in five of which is too hard for it.
for (let job = 1; ; job++) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  if (Math.random() < 0.2) throw new Error(`job ${job} is too hard`);
  console.log(`job ${job} done`);
}
