using Slipway.Builds.Kiwi;
using Slipway.Builds.Recipes;
using Slipway.Builds.Roots;
using Slipway.Packages;

namespace Slipway.Builds.Tests.Kiwi;

public sealed class KiwiDescriptionTests
{
    private const string Text = """
        <image schemaversion="7.4" name="one">
            <profiles>
                <profile name="TW.x86_64" description="a"><requires profile="common"/></profile>
                <profile name="Deb.x86_64" description="b"/>
                <profile name="common" description="c"/>
            </profiles>
            <preferences><version>0.0.0</version><type image="tbz"/><type image="oem" primary="true"/></preferences>
            <preferences profiles="TW.x86_64"><packagemanager>zypper</packagemanager></preferences>
            <preferences profiles="Deb.x86_64"><packagemanager>apt</packagemanager></preferences>
            <repository profiles="TW.x86_64" alias="oss" priority="90" repository_gpgcheck="false"><source path="https://www.example.org/tw"/></repository>
            <repository profiles="TW.x86_64" imageonly="true"><source path="obs://a/b"/></repository>
            <repository profiles="Deb.x86_64" distribution="bookworm" components="main contrib"><source path="https://www.example.org/debian"><signing key="this://archive.asc"/></source></repository>
            <packages type="image" profiles="common"><package name="gcc"/><package name="only-arm" arch="aarch64"/><ignore name="noise"/></packages>
            <packages type="bootstrap" profiles="TW.x86_64"><package name="filesystem"/></packages>
            <packages type="delete" profiles="TW.x86_64"><package name="gone"/></packages>
            <packages type="image" profiles="Deb.x86_64"><package name="dpkg-dev"/></packages>
        </image>
        """;

    [Fact]
    public void Profile_decides_with_what_it_requires()
    {
        var selection = KiwiDescription.Parse(Text, "/p/.cb/build_root.kiwi").Select(["TW.x86_64"], "x86_64");
        Assert.Equal(("zypper", PackageType.Rpm, "oem"), (selection.PackageManager, selection.Type, selection.ImageType));
        Assert.Equal(["filesystem", "gcc"], selection.Packages);
        Assert.Equal(["noise"], selection.Ignored);
        var repository = Assert.Single(selection.Repositories);
        Assert.Equal(("oss", "https://www.example.org/tw", 9, false), (repository.Name, repository.Address, repository.Priority, repository.IsSigned));
    }

    [Fact]
    public void Debian_profile_names_suite_components_and_key()
    {
        var repository = Assert.Single(KiwiDescription.Parse(Text, "/p/.cb/build_root.kiwi").Select(["Deb.x86_64"], "x86_64").Repositories);
        Assert.Equal(("bookworm", true), (repository.Distribution, repository.IsSigned));
        Assert.Equal(["main", "contrib"], repository.Components);
        Assert.Equal(["/p/.cb/archive.asc"], repository.SigningKeys);
    }

    [Fact]
    public void Local_repository_takes_the_place_of_those_of_the_build_only()
    {
        var description = KiwiDescription.Parse(Text, "/p/config.xml");
        var local = KiwiDescription.Parse(description.WithRepository(description.Select(["TW.x86_64"], "x86_64"), "/build/repository"), "/p/config.xml");
        Assert.Equal("file:///build/repository", Assert.Single(local.Select(["TW.x86_64"], "x86_64").Repositories).Address);
        Assert.Contains("obs://a/b", description.WithRepository(description.Select(["TW.x86_64"], "x86_64"), "/build/repository"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<package name=\"gcc\"/>", "<namedCollection name=\"devel\"/>", "config.xml:13: <namedCollection name=\"devel\"> is not resolved")]
    [InlineData("https://www.example.org/tw", "obs://openSUSE:Factory/snapshot", "pin it")]
    [InlineData("<packagemanager>zypper", "<packagemanager>emerge", "`emerge` is not known")]
    [InlineData("name=\"TW.x86_64\" description", "name=\"Other\" description", "no profile `TW.x86_64`; it has Other, Deb.x86_64, common")]
    [InlineData("</image>", "", "config.xml:")]
    public void What_cannot_be_followed_is_refused_in_words(string part, string instead, string words)
    {
        var refused = Assert.Throws<RecipeException>(() => KiwiDescription.Parse(Text.Replace(part, instead, StringComparison.Ordinal), "/p/config.xml").Select(["TW.x86_64"], "x86_64"));
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tbz", "", "")]
    [InlineData("oem", "", "images of type `oem` need loop devices")]
    [InlineData("iso", "", "images of type `iso` need loop devices")]
    [InlineData("tbz", "--add-repo=x", "where packages come from stands in the description")]
    public void Image_that_needs_loop_devices_is_refused_by_name(string type, string argument, string words)
    {
        using var directory = new TempDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "a.kiwi"), $"""
            <image schemaversion="7.4" name="a"><preferences><version>1.0.0</version><packagemanager>dnf</packagemanager><type image="{type}"/></preferences>
            <repository><source path="dir:///r"/></repository><packages type="bootstrap"><package name="b"/></packages></image>
            """);
        var inputs = new BuildInputs { BuildId = 1, Attempt = 1, SourceDirectory = directory.Path, PackageName = "a", Dist = Dist.OfImage("a", "x86_64"), Architecture = "x86_64", SourceDateEpoch = 0, WorkDirectory = directory.Path };
        var recipe = new ImageRecipe(new([], argument.Length == 0 ? [] : [argument]), inputs);
        if (words.Length == 0)
            Assert.Equal(["b"], recipe.Select().Packages);
        else
            Assert.Contains(words, Assert.Throws<RecipeException>(() => recipe.Select()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Obs_configuration_gives_type_engine_and_macros()
    {
        var configuration = ObsConfiguration.Parse("# a comment\nType: dsc\nbuildengine: debbuild\nPreinstall: bash\nMacros:\n%vendor Harbor\n%long one \\\n two\n:Macros\nOptflags: * -O2\n", "default.conf", "TW", "x86_64");
        Assert.Equal(("dsc", "debbuild"), (configuration.Type, configuration.Engine));
        Assert.Equal("Harbor", configuration.Macros["vendor"]);
        Assert.Equal("one \n two", configuration.Macros["long"]);
        Assert.Contains("`mock` is not built", Assert.Throws<RecipeException>(() => ObsConfiguration.Parse("buildengine: mock\n", "default.conf", "TW", "x86_64")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0%{?suse_version} >= 1550", true)]
    [InlineData("0%{?suse_version} && !0%{?fedora}", true)]
    [InlineData("(0%{?fedora} || %suse_version < 1500) && 1", false)]
    [InlineData("\"%_repository\" == \"TW\"", true)]
    [InlineData("%_repository != TW", false)]
    [InlineData("\"%{?nothing:%{nothing}}\" == \"\"", true)]
    [InlineData("0%{!?fedora:1}", true)]
    [InlineData("0%{?suse_version:%{suse_version}0}", true)]
    [InlineData("\"%{?fedora}\"", false)]
    [InlineData("!%defined_twice", true)]
    public void Condition_of_an_obs_configuration_is_evaluated(string condition, bool holds)
    {
        var text = $"%define suse_version 1600\n%define defined_twice 1\n%define defined_twice 0\n%if {condition}\nbuildengine: debbuild\n%else\nbuildengine: dpkg\n%endif\n";
        Assert.Equal(holds ? "debbuild" : "dpkg", ObsConfiguration.Parse(text, "default.conf", "TW", "x86_64").Engine);
    }

    [Fact]
    public void Conditions_of_an_obs_configuration_nest_and_hold_for_macros_too()
    {
        const string Configuration = """
            %ifarch aarch64 riscv64
            %if 1
            type: arch
            %endif
            %elifarch x86_64
            type: spec
            %else
            type: dsc
            %endif
            Macros:
            %if "%_arch" == "x86_64"
            %wide yes \
            %if is no condition here
            %else
            %wide no
            %endif
            %define counted 1
            :Macros
            %if 0%{?counted}
            buildengine: rpmbuild
            %endif
            """;
        var configuration = ObsConfiguration.Parse(Configuration, "default.conf", "TW", "x86_64");
        Assert.Equal(("spec", "rpmbuild"), (configuration.Type, configuration.Engine));
        Assert.Equal("yes \n%if is no condition here", configuration.Macros["wide"]);
        Assert.Equal("1", configuration.Macros["counted"]);
        Assert.Equal("no", ObsConfiguration.Parse(Configuration, "default.conf", "TW", "riscv64").Macros["wide"]);
    }

    [Theory]
    [InlineData("%if 1 +\n%endif", "default.conf:1: `1 +` cannot be evaluated")]
    [InlineData("%if 1 < \"a\"\n%endif", "compare numbers with numbers")]
    [InlineData("%if %nowhere\n%endif", "`%nowhere` cannot be evaluated")]
    [InlineData("%if 1", "1 %if without %endif")]
    [InlineData("a: b\n%endif", "default.conf:2: %endif without %if")]
    [InlineData("%else", "%else without %if")]
    public void Condition_that_cannot_be_evaluated_is_refused_with_its_line(string text, string words) =>
        Assert.Contains(words, Assert.Throws<RecipeException>(() => ObsConfiguration.Parse(text, "default.conf", "TW", "x86_64")).Message, StringComparison.Ordinal);

    [Fact]
    public void Foreign_architecture_needs_an_interpreter_that_is_found_in_any_root()
    {
        using var directory = new TempDirectory();
        Assert.Null(Architectures.WhyNot("x86_64", directory.Path, directory.Path));
        Assert.Null(Architectures.WhyNot("i686", directory.Path, directory.Path));
        Assert.Contains("nobody registered who runs programs of aarch64", Architectures.WhyNot("aarch64", directory.Path, directory.Path)!, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(directory.Path, "qemu-aarch64"), "enabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: OC\n");
        Assert.Contains("flag F", Architectures.WhyNot("aarch64", directory.Path, directory.Path)!, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(directory.Path, "qemu-riscv64.conf"), "# as the package has it\n:qemu-riscv64:M::x:y:/usr/bin/env:OC\n");
        Assert.Contains("install qemu-user-static", Architectures.WhyNot("riscv64", directory.Path, directory.Path)!, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(directory.Path, "qemu-aarch64"), "enabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: OCF\n");
        Assert.Null(Architectures.WhyNot("aarch64", directory.Path, directory.Path));
    }

    private sealed class TempDirectory : IDisposable
    {
        internal string Path { get; } = Directory.CreateTempSubdirectory("slipway-kiwi-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
