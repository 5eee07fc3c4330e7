// A container's health: the address answers.
const { ok } = await fetch(process.argv[2])
process.exitCode = ok ? 0 : 1
