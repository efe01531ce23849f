using System.Diagnostics;
using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Signing;

namespace Slipway.Packages.Tests.Repositories;

/// <summary>Prints what a publication costs; asserts only that it worked.</summary>
public sealed class PublicationFigures(RunningSigner signer, ITestOutputHelper output) : IDisposable
{
    private readonly TestRepositories _repositories = new(signer.Client);

    public void Dispose() => _repositories.Dispose();

    [Theory, Trait("long", "yes")]
    [InlineData(PackageType.Deb)]
    [InlineData(PackageType.Rpm)]
    [InlineData(PackageType.Pacman)]
    public void Publishing_one_package_into_a_repository_of_a_hundred(PackageType type)
    {
        var files = Enumerable.Range(1, 101).Select(i => Make($"pack{i}")).ToArray();
        var repository = $"figures/{type}".ToLowerInvariant();
        var first = Measure(() => _repositories.Publish(repository, files[..100]));
        var added = Measure(() => _repositories.Publish(repository, files[100]));
        var again = Measure(() => _repositories.Publish(repository, files[100]));
        var verify = Measure(() => Assert.Empty(_repositories.Store.Verify(RepositoryId.Parse(repository)).Problems));
        Assert.Equal(101, _repositories.Store.Current(RepositoryId.Parse(repository))!.Packages);
        output.WriteLine($"{type}: first 100 packages {first} ms, one more {added} ms, the same again {again} ms, verify {verify} ms");

        string Make(string name) => type switch
        {
            PackageType.Deb => RealPackages.Deb(_repositories.Temp, name, "1.0"),
            PackageType.Rpm => RealPackages.Rpm(_repositories.Temp, name, "1.0"),
            _ => RealPackages.Pacman(_repositories.Temp, name, "1.0-1"),
        };
    }

    private static long Measure(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.ElapsedMilliseconds;
    }
}
