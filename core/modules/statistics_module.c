/* SPDX-License-Identifier: MIT */
/*
 * _statistics: the inverse of the normal distribution function, by algorithm AS 241 (M. J. Wichura,
 * Applied Statistics 37, 1988): rational approximations in three regions, about 16 digits.
 */
#include <math.h>

#include "core/modules/modules.h"

/* c[0] is the highest power's coefficient. */
static double poly(const double *c, int n, double x)
{
    double y = c[0];
    for (int i = 1; i < n; i++)
        y = y * x + c[i];
    return y;
}

static const double central_num[] = {
    2.5090809287301226727e+3, 3.3430575583588128105e+4, 6.7265770927008700853e+4,
    4.5921953931549871457e+4, 1.3731693765509461125e+4, 1.9715909503065514427e+3,
    1.3314166789178437745e+2, 3.3871328727963666080e+0};
static const double central_den[] = {
    5.2264952788528545610e+3, 2.8729085735721942674e+4, 3.9307895800092710610e+4,
    2.1213794301586595867e+4, 5.3941960214247511077e+3, 6.8718700749205790830e+2,
    4.2313330701600911252e+1, 1.0};
static const double near_num[] = {
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
    1.27045825245236838258e+0, 3.64784832476320460504e+0, 5.76949722146069140550e+0,
    4.63033784615654529590e+0, 1.42343711074968357734e+0};
static const double near_den[] = {
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
    1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e+0,
    2.05319162663775882187e+0, 1.0};
static const double far_num[] = {
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
    2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e+0,
    5.46378491116411436990e+0, 6.65790464350110377720e+0};
static const double far_den[] = {
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
    7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
    5.99832206555887937690e-1, 1.0};

static double inv_cdf(double p, double mu, double sigma)
{
    double q = p - 0.5, r, x;
    if (fabs(q) <= 0.425) {
        r = 0.180625 - q * q;
        return mu + poly(central_num, 8, r) * q / poly(central_den, 8, r) * sigma;
    }
    r = sqrt(-log(q <= 0.0 ? p : 1.0 - p));
    if (r <= 5.0)
        x = poly(near_num, 8, r - 1.6) / poly(near_den, 8, r - 1.6);
    else
        x = poly(far_num, 8, r - 5.0) / poly(far_den, 8, r - 5.0);
    return mu + (q < 0.0 ? -x : x) * sigma;
}

static rt_value normal_dist_inv_cdf(struct rt_thread *ts, rt_value mod, const rt_value *a, uint32_t n)
{
    double v[3];
    if (rt_args_count(ts, "_normal_dist_inv_cdf", n, 3, 3) < 0)
        return RT_NULL;
    for (int i = 0; i < 3; i++) {
        v[i] = rt_as_double(ts, a[i]);
        if (v[i] == -1.0 && rt_pending(ts))
            return RT_NULL;
    }
    return rt_float_new(ts, inv_cdf(v[0], v[1], v[2]));
}

static const struct rt_method_def methods[] = {
    {"_normal_dist_inv_cdf", normal_dist_inv_cdf, RT_METH_FAST,
     "_normal_dist_inv_cdf($module, p, mu, sigma, /)\n--\n\n"},
    {0},
};

const struct rt_module_def rt_module__statistics = {
    .name = "_statistics",
    .doc = "Accelerators for the statistics module.\n",
    .methods = methods,
};
