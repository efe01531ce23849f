using Slipway.Content;

namespace Slipway.Packages.Tests.Apt;

/// <summary>The machine's distribution, where it can be reached; a machine without it can prove nothing here.</summary>
internal static class Reachable
{
    public static AptUpdate Update(HostApt apt)
    {
        try
        {
            return apt.Update(cancellation: TestContext.Current.CancellationToken);
        }
        catch (SlipwayException error) when (error.What.StartsWith("update the distribution", StringComparison.Ordinal))
        {
            Assert.Skip("the machine's distribution does not answer: " + error.Why);
            throw;
        }
    }
}
