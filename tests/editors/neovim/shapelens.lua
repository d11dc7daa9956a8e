-- init.lua of Neovim 0.11 or newer
vim.lsp.config("shapelens", {
  cmd = { "shapelens", "serve" },
  filetypes = { "python" },
  root_markers = { "pyproject.toml", "setup.py", ".git" },
  settings = { shapelens = { debounceMs = 120 } }, -- may be left out
})
vim.lsp.enable("shapelens")
vim.lsp.inlay_hint.enable(true)
