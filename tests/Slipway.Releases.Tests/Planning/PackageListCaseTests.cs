using Slipway.Releases.Planning;

namespace Slipway.Releases.Tests.Planning;

public sealed class PackageListCaseTests
{
    [Fact]
    public void Case_43_Lists_are_compared_by_the_name_before_the_last_two_dashes()
    {
        var changes = PackageList.Between(["foo-1.0-1", "bar-2-3", "lib-x-y-1.2-9"], ["foo-1.1-2", "lib-x-y-1.2-9", "new-1-1"]);
        Assert.Equal(("new", "1-1"), (Assert.Single(changes.Added).Name, changes.Added[0].Version));
        Assert.Equal(("bar", "2-3"), (Assert.Single(changes.Removed).Name, changes.Removed[0].Version));
        Assert.Equal(new UpdatedPackage("foo", "1.0-1", "1.1-2"), Assert.Single(changes.Updated));
    }

    [Fact]
    public void Case_44_Empty_new_list_removes_and_adds_nothing()
    {
        var changes = PackageList.Between(["foo-1.0-1"], ["", " "]);
        Assert.Equal("foo", Assert.Single(changes.Removed).Name);
        Assert.Empty(changes.Added);
        Assert.Empty(changes.Updated);
    }
}
