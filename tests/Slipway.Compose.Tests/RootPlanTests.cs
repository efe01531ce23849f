using Slipway.Compose.Roots;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Compose.Tests;

public sealed class RootPlanTests
{
    private static IEnumerable<string> Paths(RootPlan plan) => plan.Nodes.Select(n => n.Path.ToString());

    [Theory]
    [InlineData(PackageType.Deb, "bin/sh", "usr/bin/sh")]
    [InlineData(PackageType.Deb, "sbin/init", "usr/sbin/init")]
    [InlineData(PackageType.Deb, "lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/libc.so.6")]
    [InlineData(PackageType.Deb, "lib64/ld-linux-x86-64.so.2", "usr/lib64/ld-linux-x86-64.so.2")]
    [InlineData(PackageType.Deb, "usr/sbin/chroot", "usr/sbin/chroot")]
    [InlineData(PackageType.Deb, "library/x", "library/x")]
    [InlineData(PackageType.Rpm, "usr/sbin/chroot", "usr/bin/chroot")]
    [InlineData(PackageType.Rpm, "lib64/libc.so.6", "usr/lib64/libc.so.6")]
    [InlineData(PackageType.Pacman, "usr/lib64/x", "usr/lib/x")]
    public void Path_goes_where_the_merged_usr_has_it(PackageType type, string from, string to) =>
        Assert.Equal(to, MergedUsr.Of(type).Fold(BytePath.From(from)).ToString());

    [Fact]
    public void Directories_of_local_state_are_shipped_without_what_is_in_them()
    {
        var plan = Some.Merge(PackageType.Deb, Some.Source("p", "d var 755", "d var/lib 755", "d var/lib/dpkg 755", "f var/cache/x 644 c", "f var/spool 644 c"));
        Assert.Equal(["var", "var/lib", "var/spool"], Paths(plan).Where(p => p != "var/cache"));
    }

    [Fact]
    public void Same_file_of_two_packages_is_one_file_of_both()
    {
        var (a, b) = (Some.Source("a 1", "f usr/share/x 644 same"), Some.Source("b 1", "f usr/share/x 644 same"));
        var plan = Some.Merge(PackageType.Deb, a, b);
        Assert.Contains(BytePath.From("usr/share/x"), plan.PathsOf(a));
        Assert.Contains(BytePath.From("usr/share/x"), plan.PathsOf(b));
    }

    [Theory]
    [InlineData("f usr/share/x 644 one", "f usr/share/x 644 two")]
    [InlineData("f usr/share/x 644 one", "f usr/share/x 755 one")]
    [InlineData("f usr/share/x 644 one", "l usr/share/x target")]
    [InlineData("f bin/x 755 one", "f usr/bin/x 755 two")]
    [InlineData("l usr/x one", "l usr/x two")]
    [InlineData("f usr/x 644 one", "f usr/x/y 644 two")]
    public void Disagreement_about_a_path_is_an_error_that_names_both_packages(string first, string second)
    {
        var error = Assert.Throws<SlipwayException>(() => Some.Merge(PackageType.Deb, Some.Source("alpha 1.0", first), Some.Source("beta 2.0", second)));
        Assert.Contains("alpha 1.0", error.Why, StringComparison.Ordinal);
        Assert.Contains("beta 2.0", error.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Order_of_sources_decides_only_the_mode_of_directories()
    {
        var (a, b) = (Some.Source("a", "d tmp 1777", "f x 644 1"), Some.Source("b", "d tmp 755", "f y 644 2"));
        var forward = Some.Merge(PackageType.Deb, a, b);
        var backward = Some.Merge(PackageType.Deb, b, a);
        Assert.Equal(Paths(forward), Paths(backward));
        Assert.Equal("1777", Some.Octal(forward.At(BytePath.From("tmp"))!.Entry.Mode));
        Assert.Equal("755", Some.Octal(backward.At(BytePath.From("tmp"))!.Entry.Mode));
    }

    [Fact]
    public void Link_of_one_package_to_a_directory_of_another_is_kept_and_filled_behind_it()
    {
        var plan = Some.Merge(PackageType.Deb,
            Some.Source("a", "d usr/share/real 755", "l usr/share/alias real"),
            Some.Source("b", "d usr/share/alias 755", "f usr/share/alias/file 644 x"));
        Assert.Equal(NodeType.Symlink, plan.At(BytePath.From("usr/share/alias"))!.Entry.Type);
        Assert.NotNull(plan.At(BytePath.From("usr/share/real/file")));
        Assert.Null(plan.At(BytePath.From("usr/share/alias/file")));
    }

    [Fact]
    public void Links_that_would_lead_to_themselves_after_merging_are_left_out()
    {
        var plan = Some.Merge(PackageType.Deb, Some.Source("p", "f usr/bin/tool 755 x", "l bin/tool ../usr/bin/tool", "l bin/other /usr/bin/other", "l lib usr/lib"));
        Assert.Equal(NodeType.Regular, plan.At(BytePath.From("usr/bin/tool"))!.Entry.Type);
        Assert.Null(plan.At(BytePath.From("usr/bin/other")));
        Assert.Null(plan.At(BytePath.From("lib")));
    }

    [Fact]
    public void Directories_above_a_file_are_made_up_when_no_package_has_them()
    {
        var plan = Some.Merge(PackageType.Deb, Some.Source("p", "f usr/share/doc/p/copyright 644 x"));
        Assert.Equal(["usr", "usr/share", "usr/share/doc", "usr/share/doc/p", "usr/share/doc/p/copyright"], Paths(plan));
    }

    [Theory]
    [InlineData("usr/bin/x", true)]
    [InlineData("bin/x", true)]
    [InlineData("usr/local/bin/x", true)]
    [InlineData("usr/bin", false)]
    [InlineData("usr/sbin/x", false)]
    public void Only_what_is_below_a_binary_directory_is_exported(string path, bool exported) =>
        Assert.Equal(exported, RootFilter.IsBinary(BytePath.From(path)));
}
