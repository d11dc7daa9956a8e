;;; drive.el --- Does in Emacs what a person does, and notes what is then on screen  -*- lexical-binding: t -*-

;;; Commentary:

;; In batch mode nobody types, so what follows on a command has to be called: the hooks after it, and the check of
;; the buffer.

;;; Code:

(require 'cl-lib)
(require 'eglot)
(require 'json)

(defconst drive-patience 60 "Seconds; the first evaluation imports a framework.")

(defvar drive-seen nil "What was seen, from the last to the first.")

(defun drive-note (name value)
  "Add VALUE to the report under NAME."
  (push (cons name value) drive-seen))

(defun drive-wait (what condition)
  "Handle events until CONDITION holds; WHAT says in the report what was missed."
  (let ((end (+ (float-time) drive-patience)))
    (while (not (funcall condition))
      (when (> (float-time) end)
        (error "Waited in vain for %s" what))
      (accept-process-output nil 0.05))))

(defun drive-grave ()
  "Return the errors and warnings of the buffer."
  (cl-remove-if (lambda (item) (memq (flymake-diagnostic-type item) '(eglot-note :note))) (flymake-diagnostics)))

(defun drive-diagnostic (item)
  "Return what a person sees of the diagnostic ITEM."
  `((line . ,(line-number-at-pos (flymake-diagnostic-beg item)))
    (marked . ,(buffer-substring-no-properties (flymake-diagnostic-beg item) (flymake-diagnostic-end item)))
    (message . ,(flymake-diagnostic-text item))))

(defun drive-place-point (text)
  "Put point at the beginning of TEXT."
  (goto-char (point-min))
  (search-forward text)
  (goto-char (match-beginning 0)))

(defun drive-hover ()
  "Return what the documentation buffer shows, or nil while it is empty."
  (let ((buffer (cl-find-if (lambda (buffer) (string-match-p "\\` ?\\*eldoc" (buffer-name buffer))) (buffer-list))))
    (when buffer
      (with-current-buffer buffer
        (unless (= (buffer-size) 0)
          (buffer-substring-no-properties (point-min) (point-max)))))))

(defun drive-hints ()
  "Return the inlay hints of the buffer, each with its line."
  (cl-loop for overlay in (overlays-in (point-min) (point-max))
           for label = (or (overlay-get overlay 'before-string) (overlay-get overlay 'after-string))
           when (overlay-get overlay 'eglot--inlay-hint)
           collect (list (line-number-at-pos (overlay-start overlay)) (substring-no-properties label))))

(defun drive (file)
  "Open FILE and do all the rest."
  (find-file file)
  (run-hooks 'post-command-hook) ; eglot-ensure connects after the command that opened the file
  (drive-wait "the server" #'eglot-managed-p)
  (flymake-start)
  (drive-wait "diagnostics" #'drive-grave)
  (drive-note 'diagnostics (vconcat (mapcar #'drive-diagnostic (drive-grave))))

  (drive-place-point "MaxPooling1D")
  (eldoc-print-current-symbol-info t)
  (drive-wait "the hover" #'drive-hover)
  (drive-note 'hover (drive-hover))

  (when (fboundp 'eglot-inlay-hints-mode)
    (eglot-inlay-hints-mode 1)
    (eglot--update-hints (point-min) (point-max))
    (drive-wait "hints" #'drive-hints)
    (drive-note 'hints (vconcat (mapcar #'vconcat (drive-hints)))))

  (drive-place-point "LSTM(32)")
  ;; Whoever provides another menu for choices sets the same variable; here the first is taken.
  (let ((before (buffer-chars-modified-tick))
        (last-nonmenu-event t) ; asked from the keyboard, not from a menu of the mouse
        (completing-read-function
         (lambda (_prompt collection &rest _)
           (let ((titles (all-completions "" collection)))
             (drive-note 'actions (vconcat titles))
             (car titles)))))
    (call-interactively #'eglot-code-actions)
    (drive-wait "the fix" (lambda () (/= before (buffer-chars-modified-tick)))))
  (drive-note 'text (buffer-substring-no-properties (point-min) (point-max)))
  (run-hooks 'post-command-hook)
  ;; Edits are sent when Emacs has been idle for a moment, which it never is in batch mode.
  (eglot--signal-textDocument/didChange)
  (drive-wait "the error to go" (lambda () (null (drive-grave))))
  (set-buffer-modified-p nil)
  (eglot-shutdown (eglot-current-server)))

(condition-case problem
    (drive (expand-file-name "forecast.py"))
  (error
   (drive-note 'problem (error-message-string problem))
   (dolist (buffer (buffer-list))
     (when (string-match-p "EGLOT" (buffer-name buffer))
       (with-current-buffer buffer
         (princ (buffer-string) #'external-debugging-output))))))

(let ((coding-system-for-write 'utf-8))
  (write-region (json-encode (nreverse drive-seen)) nil (getenv "SHAPELENS_REPORT")))
(kill-emacs)

;;; drive.el ends here
