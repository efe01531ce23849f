using System.Text;
using Slipway.Packages;

namespace Slipway.Builds.Tests.Planning;

public sealed class RecipeNamesTests
{
    private static RecipeNames Of(PackageType type, string file, string text) => RecipeNames.Of(type, name => name == file ? Encoding.UTF8.GetBytes(text) : null, [file]);

    [Fact]
    public void A_control_file_names_its_packages_and_every_alternative_it_needs()
    {
        var names = Of(PackageType.Deb, "debian/control", """
            Source: jq
            Build-Depends: debhelper-compat (= 13),
             flex, bison | byacc,
            # comments stand between
             valgrind [amd64 arm64] <!nocheck>,
            Build-Depends-Indep: ruby:any

            Package: jq
            Architecture: any
            Provides: jq-parser (= 1)
            Depends: libjq1 (= ${binary:Version}), ${shlibs:Depends}

            Package: libjq-dev
            Architecture: any
            """);
        Assert.Equal(["jq", "jq-parser", "libjq-dev"], names.Produces);
        Assert.Equal(["bison", "byacc", "debhelper-compat", "flex", "ruby", "valgrind"], names.Needs);
    }

    [Fact]
    public void A_spec_names_its_packages_and_what_it_needs()
    {
        var names = Of(PackageType.Rpm, "greet.spec", """
            Name:           greet
            BuildRequires:  gcc, make
            BuildRequires:  pkgconfig(zlib) libgreet-devel >= 1.0
            %package devel
            Summary: x
            %package -n libgreet1
            Summary: x
            """);
        Assert.Equal(["greet", "greet-devel", "libgreet1"], names.Produces);
        Assert.Equal(["gcc", "libgreet-devel", "make"], names.Needs);
    }

    [Fact]
    public void A_pkgbuild_names_its_packages_and_what_it_needs()
    {
        var names = Of(PackageType.Pacman, "PKGBUILD", "pkgname=('hello' hello-doc)\ndepends=(libc6)\nmakedepends=(gcc\n  'make>=4')\n");
        Assert.Equal(["hello", "hello-doc"], names.Produces);
        Assert.Equal(["gcc", "libc6", "make"], names.Needs);
    }

    [Fact]
    public void A_package_without_recipe_names_nothing() => Assert.Equal(RecipeNames.None, Of(PackageType.Deb, "README", ""));
}
