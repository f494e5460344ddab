const express = require("express");

const app = express();

app.get("/", (req, res) => {
  res.json({ message: "Hello from container 2 - express.js" });
});

const server = app.listen(3000, "127.0.0.1");

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => server.close(() => process.exit(0)));
}
