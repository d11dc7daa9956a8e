-- init.lua of Neovim 0.7 to 0.10
local servers = {} -- one for each project

vim.api.nvim_create_autocmd("FileType", {
  pattern = "python",
  callback = function(event)
    local folder = vim.fn.fnamemodify(event.file, ":p:h")
    local git = vim.fn.finddir(".git", folder .. ";")
    local root = git == "" and folder or vim.fn.fnamemodify(git, ":p:h:h")
    servers[root] = servers[root] or vim.lsp.start_client({
      name = "shapelens",
      cmd = { "shapelens", "serve" },
      root_dir = root,
      settings = { shapelens = { debounceMs = 120 } }, -- may be left out
      on_exit = function() servers[root] = nil end,
    })
    vim.lsp.buf_attach_client(event.buf, servers[root])
  end,
})

if vim.lsp.inlay_hint then -- Neovim 0.10
  vim.lsp.inlay_hint.enable(true)
end
