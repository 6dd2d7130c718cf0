#include <czlib.h>
