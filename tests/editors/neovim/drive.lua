-- Does in Neovim what a person does, and notes what is then on screen.

local PATIENCE = 60000 -- milliseconds; the first evaluation imports a framework

local seen = {}

local function leave()
  local report = assert(io.open(vim.env.SHAPELENS_REPORT, "w"))
  report:write(vim.json and vim.json.encode(seen) or vim.fn.json_encode(seen))
  report:close()
  vim.cmd("qall!")
end

-- vim.wait handles events while it waits; the interval is only how often the condition is looked at.
local function wait(what, condition)
  if not vim.wait(PATIENCE, condition, 10) then
    error("waited in vain for " .. what)
  end
end

local function grave()
  return vim.diagnostic.get(0, { severity = { min = vim.diagnostic.severity.WARN } })
end

local function floating()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= "" then
      return vim.api.nvim_win_get_buf(window)
    end
  end
end

local function place_cursor(text)
  assert(vim.fn.search("\\V" .. text, "w") > 0, text)
end

-- Whoever provides another menu for choices overrides the same function; here the first is taken.
vim.ui.select = function(items, options, choose)
  seen.actions = {}
  for _, item in ipairs(items) do
    table.insert(seen.actions, (options.format_item(item)))
  end
  choose(items[1], 1)
end

local function hints()
  local found = {}
  for _, hint in ipairs(vim.lsp.inlay_hint.get({ bufnr = 0 })) do
    local label = hint.inlay_hint.label
    if type(label) == "table" then
      label = table.concat(vim.tbl_map(function(part) return part.value end, label))
    end
    table.insert(found, { hint.inlay_hint.position.line, label })
  end
  return found
end

local function drive()
  wait("diagnostics", function() return #grave() > 0 end)
  seen.diagnostics = grave()

  place_cursor("MaxPooling1D")
  vim.lsp.buf.hover()
  wait("the hover", floating)
  seen.hover = vim.api.nvim_buf_get_lines(floating(), 0, -1, false)

  if vim.lsp.inlay_hint then
    wait("hints", function() return #hints() > 0 end)
    seen.hints = hints()
  end

  place_cursor("LSTM(32)")
  local before = vim.api.nvim_buf_get_changedtick(0)
  vim.lsp.buf.code_action()
  wait("the fix", function() return vim.api.nvim_buf_get_changedtick(0) ~= before end)
  seen.text = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  wait("the error to go", function() return #grave() == 0 end)
end

local went_well, problem = xpcall(drive, debug.traceback)
if not went_well then
  seen.problem = problem
end
leave()
