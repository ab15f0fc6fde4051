# Estimates and standard errors of every engine from R, for the comparison in
# tests/workflows/test_engines_against_r.py. Debian packages: r-base-core r-cran-plm r-cran-lme4
# r-cran-pscl r-cran-sandwich r-cran-survival r-cran-geepack r-cran-gee.
# Usage: Rscript benchmarks/r_engines/engines.R   (from the root of the repository)

suppressPackageStartupMessages({
  library(plm); library(lme4); library(pscl); library(sandwich); library(survival); library(geepack)
})

folder <- "tests/workflows/r_engines"
d <- read.csv(file.path(folder, "panel.csv"))
out <- list()

keep <- function(engine, errors, estimate, covariance, names = base::names(estimate)) {
  out[[length(out) + 1]] <<- data.frame(
    engine = engine, errors = errors, term = names,
    estimate = sprintf("%.12g", estimate), std_error = sprintf("%.12g", sqrt(diag(as.matrix(covariance))))
  )
}
stat <- function(engine, name, value) {
  out[[length(out) + 1]] <<- data.frame(
    engine = engine, errors = "statistic", term = name, estimate = sprintf("%.12g", value), std_error = ""
  )
}
words <- function(n) sub("^\\(Intercept\\)$", "intercept", n)

# Ordinary least squares.
m <- lm(share ~ potential + similarity + ally, d)
keep("ols", "classical", coef(m), vcov(m), words(names(coef(m))))
keep("ols", "robust", coef(m), vcovHC(m, type = "HC1"), words(names(coef(m))))
keep("ols", "clustered", coef(m), vcovCL(m, cluster = d$unit, type = "HC1"), words(names(coef(m))))
stat("ols", "log_likelihood", as.numeric(logLik(m))); stat("ols", "aic", AIC(m)); stat("ols", "bic", BIC(m))
stat("ols", "deviance", deviance(m)); stat("ols", "r2", summary(m)$r.squared)
stat("ols", "adjusted_r2", summary(m)$adj.r.squared)

# Fixed effects: plm's within estimator; robust errors from the regression with one indicator per unit.
p <- plm(share ~ potential + similarity + ally, data = d, index = c("unit", "year"), model = "within")
keep("fixed_effects", "classical", coef(p), vcov(p))
keep("fixed_effects", "clustered", coef(p), vcovHC(p, method = "arellano", type = "sss", cluster = "group"))
w <- lm(share ~ potential + similarity + ally + factor(unit), d)
keep("fixed_effects", "robust", coef(p), vcovHC(w, type = "HC1")[2:4, 2:4])
stat("fixed_effects", "r2", as.numeric(summary(p)$r.squared["rsq"]))
stat("fixed_effects", "adjusted_r2", as.numeric(summary(p)$r.squared["adjrsq"]))

# Logit.
g <- glm(sent ~ potential + similarity + ally, binomial, d, control = glm.control(epsilon = 1e-14, maxit = 100))
keep("logit", "classical", coef(g), vcov(g), words(names(coef(g))))
keep("logit", "robust", coef(g), vcovCL(g, cluster = seq_len(nrow(d)), type = "HC0"), words(names(coef(g))))
keep("logit", "clustered", coef(g), vcovCL(g, cluster = d$unit, type = "HC0"), words(names(coef(g))))
stat("logit", "log_likelihood", as.numeric(logLik(g)))
y <- glm(sent ~ potential + similarity + ally + factor(year), binomial, d,
         control = glm.control(epsilon = 1e-14, maxit = 100))
keep("logit_year", "classical", coef(y)[1:4], vcov(y)[1:4, 1:4], words(names(coef(y))[1:4]))

# Conditional logit, exact.
f <- clogit(sent ~ potential + similarity + ally + strata(unit), d, method = "exact",
            control = coxph.control(eps = 1e-13, iter.max = 100))
keep("fixed_effects_logit", "classical", coef(f), vcov(f))
stat("fixed_effects_logit", "log_likelihood", f$loglik[2])

# Population-averaged logit.
e <- geeglm(sent ~ potential + similarity + ally, binomial, d, id = unit, corstr = "independence",
            control = geese.control(epsilon = 1e-12, maxit = 200))
keep("gee_independence", "clustered", coef(e), e$geese$vbeta, words(names(coef(e))))
sink(tempfile())
x <- suppressMessages(gee::gee(sent ~ potential + similarity + ally, id = unit, data = d, family = binomial,
                               corstr = "exchangeable", tol = 1e-12, maxiter = 500))
sink()
keep("gee_exchangeable", "clustered", coef(x), x$robust.variance, words(names(coef(x))))

# Random-intercept logit, 25-point adaptive quadrature. glmer stops at about 1e-5; its own deviance function is
# minimised further from there, and the standard errors are those of glmer.
r <- glmer(sent ~ potential + similarity + ally + (1 | unit), d, binomial, nAGQ = 25,
           control = glmerControl(tolPwrss = 1e-13))
dev <- update(r, devFunOnly = TRUE)
at <- c(getME(r, "theta"), fixef(r))
for (i in 1:20) {
  at <- optim(at, dev, method = "BFGS", control = list(reltol = 1e-16, ndeps = rep(1e-4, 5), maxit = 1000))$par
}
keep("random_effects_logit", "classical", at[-1], vcov(r, use.hessian = TRUE), words(names(fixef(r))))
stat("random_effects_logit", "sd:unit", at[1])
stat("random_effects_logit", "log_likelihood", as.numeric(logLik(r)))

# Zero-inflated Poisson.
z <- zeroinfl(count ~ potential + ally | similarity, d, dist = "poisson",
              control = zeroinfl.control(reltol = 1e-16, maxit = 10000))
n <- sub("^count_", "", sub("^zero_", "inflate:", names(coef(z))))
n <- sub("\\(Intercept\\)", "intercept", n)
keep("zero_inflated_poisson", "classical", coef(z), vcov(z), n)
keep("zero_inflated_poisson", "clustered", coef(z), vcovCL(z, cluster = d$unit, type = "HC0"), n)
stat("zero_inflated_poisson", "log_likelihood", as.numeric(logLik(z)))

write.csv(do.call(rbind, out), file.path(folder, "r_output.csv"), row.names = FALSE, quote = FALSE)
versions <- sapply(c("plm", "lme4", "pscl", "sandwich", "survival", "geepack", "gee"),
                   function(p) as.character(packageVersion(p)))
writeLines(c(R.version.string, paste(names(versions), versions)), file.path(folder, "versions.txt"))
