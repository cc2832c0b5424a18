// All clients, one after the other, in one process: they share what they load.
for (const name of process.argv.slice(2)) await import(`./${name}.mjs`);
process.exit(0); // whatever else a library keeps open
