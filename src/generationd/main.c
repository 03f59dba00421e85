// SPDX-License-Identifier: MIT
#include "generationd/generationd.h"

int main(int argc, char **argv)
{
	return generationd_main(argc, argv);
}
