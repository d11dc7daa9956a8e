;; init.el; Emacs 29 brings eglot along, Emacs 28 has it as a package
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               '((python-mode python-ts-mode) . ("shapelens" "serve"))))
(setq-default eglot-workspace-configuration
              '(:shapelens (:debounceMs 120))) ; may be left out
(add-hook 'python-mode-hook #'eglot-ensure)
(add-hook 'python-ts-mode-hook #'eglot-ensure)
